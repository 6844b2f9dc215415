(** * Lemma 5: loops whose iterations run together

    What a tree may do when the iterations of its vector and parallel loops interleave
    their reads and writes in any way; with W8, the memory is that of serial execution,
    inner loops first.
    Counterpart: docs/theorem.md section 6. *)

From Coq Require Import List String ZArith Lia Bool Sorting.Sorted.
From Obligato Require Import model order trees schedule actions kinds.
Import ListNotations.

Section Loops.
  Context {V : Type} {address : Type}.
  Variable address_dec : forall a b : address, {a = b} + {a <> b}.
  Variable I : interpretation V.
  Variable place : element -> address.

  (** W8 for addresses; for objects it is W8, for arenas it follows from W8, W6 and M1. *)
  Definition iterations_apart (ss : list store) : Prop :=
    forall s w k how x y e,
      In s ss -> In w ss -> s_top s = s_top w ->
      nth_error (s_modes s) k = Some how -> together how = true ->
      firstn (S k) (s_positions s) = firstn (S k) (s_positions w) ->
      in_domain s x -> in_domain w y ->
      firstn k x = firstn k y -> nth_error x k <> nth_error y k ->
      In e (accesses (w, y)) -> place (written (s, x)) <> place e.

  (** ** Serial execution, with elements at their addresses *)

  Definition step_at (m : address -> V) (i : instance) : address -> V :=
    fun a => if address_dec (place (written i)) a then eval I (fun e => m (place e)) (snd i) (s_value (fst i)) else m a.

  Definition exec_at (l : list instance) (m : address -> V) : address -> V := fold_left step_at l m.

  Fixpoint reads_from (s : store) (x : point) (j : nat) (ls : list (name * (point -> point))) : list action :=
    match ls with
    | [] => []
    | l :: rest => Read s x j (fst l, snd l x) :: reads_from s x (S j) rest
    end.

  (** An instance: its loads left to right, then its store. *)
  Definition actions_of (i : instance) : list action :=
    reads_from (fst i) (snd i) 0 (loads (s_value (fst i))) ++ [Write (fst i) (snd i)].

  Notation perform_all := (perform_all address_dec I place).
  Notation same := (@same V address).

  Lemma eval_same : forall (m m' : memory V) x e,
    (forall b i, In (b, i) (loads e) -> m (b, i x) = m' (b, i x)) -> eval I m x e = eval I m' x e.
  Proof.
    intros m m' x e. induction e as [b i | c | z | f args IH] using expr_induction; intros H; simpl; try reflexivity.
    - apply H. left. reflexivity.
    - f_equal. apply map_ext_in. intros a Ha. rewrite Forall_forall in IH. apply IH; [exact Ha |].
      intros b i Hi. apply H. simpl. apply in_flat_map. exists a. auto.
  Qed.

  Lemma step_at_same : forall i m m', (forall a, m a = m' a) -> forall a, step_at m i a = step_at m' i a.
  Proof.
    intros i m m' H a. unfold step_at. destruct (address_dec _ a); [| apply H].
    apply eval_same. intros. apply H.
  Qed.

  Lemma exec_at_same : forall l m m', (forall a, m a = m' a) -> forall a, exec_at l m a = exec_at l m' a.
  Proof.
    induction l as [| i l IH]; intros m m' H; [exact H |]. simpl. apply IH. apply step_at_same. exact H.
  Qed.

  Lemma reads_keep : forall s x ls j m c,
    (forall k, j <= k -> c <> Reg (s_name s) x k) -> perform_all (reads_from s x j ls) m c = m c.
  Proof.
    intros s x ls. induction ls as [| l ls IH]; intros j m c H; [reflexivity |].
    simpl. rewrite IH by (intros k Hk; apply H; lia). unfold perform. simpl.
    destruct (cell_dec address_dec _ c) as [E |]; [| reflexivity]. exfalso. exact (H j (le_n j) (eq_sym E)).
  Qed.

  Lemma reads_read : forall s x ls j m k b i, nth_error ls k = Some (b, i) ->
    perform_all (reads_from s x j ls) m (Reg (s_name s) x (j + k)) = m (Mem (place (b, i x))).
  Proof.
    intros s x ls. induction ls as [| l ls IH]; intros j m k b i H; [destruct k; discriminate |].
    destruct k as [| k]; simpl in H |- *.
    - injection H as ->. rewrite Nat.add_0_r, reads_keep by (intros k Hk E; injection E as E; lia).
      unfold perform. simpl. destruct (cell_dec address_dec _ _) as [_ | N]; [reflexivity | contradiction].
    - rewrite <- Nat.add_succ_comm, (IH (S j) _ k b i H). unfold perform. simpl.
      destruct (cell_dec address_dec _ _) as [E | _]; [discriminate | reflexivity].
  Qed.

  (** The actions of instances one after the other do what the instances do. *)
  Lemma serial_actions : forall l m a,
    perform_all (flat_map actions_of l) m (Mem a) = exec_at l (fun b => m (Mem b)) a.
  Proof.
    induction l as [| [s x] l IH]; intros m a; [reflexivity |].
    simpl flat_map. rewrite perform_all_app, IH. simpl exec_at. apply exec_at_same. intros b.
    unfold actions_of. simpl fst. simpl snd. rewrite perform_all_app. simpl. unfold perform at 1, step_at. simpl.
    destruct (cell_dec address_dec (Mem (place (written (s, x)))) (Mem b)) as [E | N];
      destruct (address_dec (place (written (s, x))) b) as [E' | N']; try (exfalso; congruence).
    - apply (eval_reg_eval I _ x (fun e => m (Mem (place e)))). intros k c i Hk. exact (reads_read s x _ 0 m k c i Hk).
    - apply reads_keep. intros k _. discriminate.
  Qed.

  (** ** What a tree may do *)

  Fixpoint performs (c : context) (r : nat) (x : point) (t : tree) (l : list action) : Prop :=
    match t with
    | Skip => l = []
    | Seq a b => exists l1 l2, l = l1 ++ l2 /\ performs c r x a l1 /\ performs c (r + width a) x b l2
    | Loop how n body => exists ts,
        Forall2 (fun v l' => performs (into_loop c r how n) 0 (x ++ [v]) body l') (iterations n) ts /\
        if together how then interleaves ts l else l = List.concat ts
    | Guard fs body => if forallb (fun f => f x) fs then performs (into_guard c fs) r x body l else l = []
    | Assign n b i e => l = actions_of (store_here c r n b i e, x)
    end.

  Notation serial c r x t := (flat_map actions_of (run_of c r x t)).

  Lemma action_of : forall a l, In a (flat_map actions_of l) -> exists s y, In (s, y) l /\
    (a = Write s y \/ exists j e, a = Read s y j e /\ In e (accesses (s, y))).
  Proof.
    intros a l H. apply in_flat_map in H. destruct H as ([s y] & Hl & H). exists s, y. split; [exact Hl |].
    apply in_app_or in H. destruct H as [H | [<- | []]]; [right | left; reflexivity]. simpl in H.
    assert (G : forall ls j, In a (reads_from s y j ls) -> exists j' b i, a = Read s y j' (b, i y) /\ In (b, i) ls).
    { induction ls as [| [b i] ls IH]; intros j Ha; [destruct Ha |]. destruct Ha as [<- | Ha].
      - exists j, b, i. split; [reflexivity | left; reflexivity].
      - destruct (IH _ Ha) as (j' & b' & i' & -> & Hin). exists j', b', i'. split; [reflexivity | right; exact Hin]. }
    destruct (G _ _ H) as (j & b & i & -> & Hin). exists j, (b, i y). split; [reflexivity |].
    right. apply in_map_iff. exists (b, i). auto.
  Qed.

  (** Actions of two iterations of a loop that runs together are independent. *)
  Lemma iterations_independent : forall ss c r how n body x v v' a b,
    iterations_apart ss -> (forall s, In s (stores_of (into_loop c r how n) 0 body) -> In s ss) ->
    List.length (c_positions c) = List.length x -> List.length (c_modes c) = List.length x -> inside c x ->
    together how = true -> (0 <= v < Z.of_nat n)%Z -> (0 <= v' < Z.of_nat n)%Z -> v <> v' ->
    In a (serial (into_loop c r how n) 0 (x ++ [v]) body) -> In b (serial (into_loop c r how n) 0 (x ++ [v']) body) ->
    independent place b a.
  Proof.
    intros ss c r how n body x v v' a b Hapart Hss Lp Lm Hx Hhow Hv Hv' Hne Ha Hb.
    apply action_of in Ha. destruct Ha as (s & y & Hs & Ha). apply action_of in Hb. destruct Hb as (w & y' & Hw & Hb).
    destruct (run_sound _ _ _ _ _ _ (inside_loop c r how n x v Hx Hv) Hs) as (Ss & Ds & z & ->).
    destruct (run_sound _ _ _ _ _ _ (inside_loop c r how n x v' Hx Hv') Hw) as (Sw & Dw & z' & ->).
    destruct (store_context _ _ _ _ Ss) as (_ & _ & hs & _ & _ & Ms & Ts & ps & Ps).
    destruct (store_context _ _ _ _ Sw) as (_ & _ & hs' & _ & _ & Mw & Tw & ps' & Pw).
    rewrite <- app_assoc in *. simpl in Ms, Mw, Ps, Pw, Ts, Tw, Ds, Dw.
    assert (Points : (x ++ [v] ++ z) <> (x ++ [v'] ++ z')).
    { intros E. apply app_inv_head in E. injection E as E _. contradiction. }
    assert (Mode : forall u gs, s_modes u = (c_modes c ++ [how]) ++ gs -> nth_error (s_modes u) (List.length x) = Some how).
    { intros u gs ->. rewrite <- app_assoc, nth_error_app2 by lia. rewrite Lm, Nat.sub_diag. reflexivity. }
    assert (Prefix : forall qs, firstn (S (List.length x)) ((c_positions c ++ [r]) ++ qs) = c_positions c ++ [r]).
    { intros qs. replace (S (List.length x)) with (List.length (c_positions c ++ [r])) by (rewrite app_length; simpl; lia).
      rewrite firstn_app, Nat.sub_diag, firstn_all. apply app_nil_r. }
    assert (Coordinate : forall u q, nth_error (x ++ u :: q) (List.length x) = Some u).
    { intros u q. rewrite nth_error_app2, Nat.sub_diag by lia. reflexivity. }
    assert (Around : forall q : point, firstn (List.length x) (x ++ q) = x).
    { intros q. rewrite firstn_app, Nat.sub_diag, firstn_all, app_nil_r. reflexivity. }
    assert (A1 : forall e, In e (accesses (w, x ++ v' :: z')) -> place (written (s, x ++ v :: z)) <> place e).
    { intros e. refine (Hapart s w (List.length x) how _ _ e (Hss s Ss) (Hss w Sw) (eq_trans Ts (eq_sym Tw)) (Mode s hs Ms) Hhow _ Ds Dw _ _).
      - rewrite Ps, Pw, !Prefix. reflexivity.
      - rewrite !Around. reflexivity.
      - rewrite !Coordinate. congruence. }
    assert (A2 : forall e, In e (accesses (s, x ++ v :: z)) -> place (written (w, x ++ v' :: z')) <> place e).
    { intros e. refine (Hapart w s (List.length x) how _ _ e (Hss w Sw) (Hss s Ss) (eq_trans Tw (eq_sym Ts)) (Mode w hs' Mw) Hhow _ Dw Ds _ _).
      - rewrite Ps, Pw, !Prefix. reflexivity.
      - rewrite !Around. reflexivity.
      - rewrite !Coordinate. congruence. }
    pose proof (A1 _ (or_introl eq_refl)) as A0. simpl app in *.
    assert (Regs : forall (st : store) (q : point) ls (nm : name) (q' : point) j, q <> q' ->
      ~ In (@Reg address nm q' j) (map (@Reg address (s_name st) q) ls)).
    { intros st q ls nm q' j N H. apply in_map_iff in H. destruct H as (k & E & _). congruence. }
    assert (Mems : forall (st : store) (q : point) ls d, ~ In (@Mem address d) (map (@Reg address (s_name st) q) ls)).
    { intros st q ls d H. apply in_map_iff in H. destruct H as (k & E & _). discriminate. }
    unfold independent.
    destruct Ha as [-> | (j & e & -> & He)]; destruct Hb as [-> | (j' & e' & -> & He')]; simpl;
      (split; [| split]);
      try (intros E; congruence); try (intros E; injection E as E; exact (A0 (eq_sym E))); try apply Mems; try (apply Regs; congruence);
      try (intros [E | []]; congruence);
      try (intros [E | []]; injection E as E; first [exact (A1 _ He' (eq_sym E)) | exact (A2 _ He (eq_sym E))]).
  Qed.

  (** ** Lemma 5 *)

  Lemma flat_map_flat_map : forall (A B C : Type) (f : B -> list C) (g : A -> list B) l,
    flat_map f (flat_map g l) = flat_map (fun a => flat_map f (g a)) l.
  Proof.
    intros A B C f g l. induction l as [| a l IH]; [reflexivity |]. simpl. rewrite flat_map_app, IH. reflexivity.
  Qed.

  Lemma iterations_inside : forall n v, In v (iterations n) -> (0 <= v < Z.of_nat n)%Z.
  Proof. intros n v H. apply in_iterations. exact H. Qed.

  Theorem lemma5_tree : forall ss, iterations_apart ss -> forall t c r x l,
    (forall s, In s (stores_of c r t) -> In s ss) ->
    List.length (c_positions c) = List.length x -> List.length (c_modes c) = List.length x -> inside c x ->
    performs c r x t l ->
    (forall m, same (perform_all l m) (perform_all (serial c r x t) m)) /\
    (forall a, In a l -> In a (serial c r x t)).
  Proof.
    intros ss Hss. induction t as [| a IHa b IHb | how n body IH | gs body IH | s0 b i e]; intros c r x l Hin Lp Lm Hx H; simpl in H, Hin |- *.
    - subst l. split; [intros m d; reflexivity | intros a []].
    - destruct H as (l1 & l2 & -> & H1 & H2).
      destruct (IHa c r x l1) as [S1 M1]; auto; [intros; apply Hin; apply in_or_app; auto |].
      destruct (IHb c (r + width a) x l2) as [S2 M2]; auto; [intros; apply Hin; apply in_or_app; auto |].
      rewrite flat_map_app. split.
      + intros m d. rewrite !perform_all_app, S2. apply perform_all_same. apply S1.
      + intros d Hd. apply in_app_or in Hd. apply in_or_app. destruct Hd; auto.
    - destruct H as (ts & Hts & Hl).
      set (ser := fun v => serial (into_loop c r how n) 0 (x ++ [v]) body).
      assert (Hvs : forall v, In v (iterations n) -> (0 <= v < Z.of_nat n)%Z) by apply iterations_inside.
      assert (Each : Forall2 (fun v l' => (forall m, same (perform_all l' m) (perform_all (ser v) m)) /\ forall a, In a l' -> In a (ser v)) (iterations n) ts).
      { clear Hl. induction Hts as [| v l' vs ts H1 H2 IHts]; constructor.
        - apply IH; [exact Hin | simpl; rewrite !app_length, Lp; reflexivity | simpl; rewrite !app_length, Lm; reflexivity | | exact H1].
          apply inside_loop; [exact Hx |]. apply Hvs. left. reflexivity.
        - apply IHts. intros u Hu. apply Hvs. right. exact Hu. }
      assert (Flat : flat_map actions_of (flat_map (fun v => run_of (into_loop c r how n) 0 (x ++ [v]) body) (iterations n)) = flat_map ser (iterations n)).
      { apply flat_map_flat_map. }
      rewrite Flat.
      assert (Serial : (forall m, same (perform_all (List.concat ts) m) (perform_all (flat_map ser (iterations n)) m)) /\
        forall a, In a (List.concat ts) -> In a (flat_map ser (iterations n))).
      { clear - Each. induction Each as [| v l' vs ts [S M] _ [IHs IHm]]; simpl.
        - split; [intros m d; reflexivity | auto].
        - split.
          + intros m d. rewrite !perform_all_app, IHs. apply perform_all_same. apply S.
          + intros a Ha. rewrite in_app_iff in Ha |- *. destruct Ha; auto. }
      destruct (together how) eqn:Hhow; [| subst l; exact Serial].
      assert (Apart : ForallOrdPairs (apart place) ts).
      { pose proof (iterations_sorted n 0) as Sorted. change (map Z.of_nat (seq 0 n)) with (iterations n) in Sorted.
        clear Hl Flat Serial Hts. induction Each as [| v l' vs ts [_ M] Hrest IHts]; [constructor |].
        inversion_clear Sorted as [| ? ? Srest F]. constructor.
        - rewrite Forall_forall in F. apply Forall_forall. intros l2 Hl2 a d Ha Hd.
          assert (Hpick : exists v', In v' vs /\ In d (ser v')).
          { clear - Hrest Hl2 Hd. induction Hrest as [| v' l3 vs ts [_ M'] _ IHr]; [destruct Hl2 |].
            destruct Hl2 as [-> | Hl2]; [exists v'; split; [left; reflexivity | auto] |].
            destruct (IHr Hl2) as (v2 & Hv2 & Hd2). exists v2. split; [right |]; assumption. }
          destruct Hpick as (v' & Hv' & Hd').
          apply (iterations_independent ss c r how n body x v v' a d); auto.
          + apply Hvs. left. reflexivity.
          + apply Hvs. right. exact Hv'.
          + specialize (F v' Hv'). lia.
        - apply IHts; [intros u Hu; apply Hvs; right; exact Hu | exact Srest]. }
      destruct Serial as [S M]. split.
      + intros m d. rewrite (interleaving_is_serial address_dec I place ts l Hl Apart m d). apply S.
      + intros a Ha. apply M. exact (interleaves_in _ _ _ Hl a Ha).
    - destruct (forallb _ gs) eqn:G.
      + apply IH; auto. apply inside_guard; assumption.
      + subst l. split; [intros m d; reflexivity | intros a []].
    - subst l. rewrite app_nil_r. split; [intros m d; reflexivity | auto].
  Qed.

  (** A program: its top-level nodes one after the other. *)
  Fixpoint performs_body (top r : nat) (body : list tree) (l : list action) : Prop :=
    match body with
    | [] => l = []
    | t :: rest => exists l1 l2, l = l1 ++ l2 /\
        performs (Context [] [] [] [] top) r [] t l1 /\ performs_body (S top) (r + width t) rest l2
    end.

  Theorem lemma5_iterations_in_any_order : forall body top r ss l m a,
    iterations_apart ss -> (forall s, In s (top_stores top r body) -> In s ss) ->
    performs_body top r body l ->
    perform_all l m (Mem a) = exec_at (top_run top r body) (fun b => m (Mem b)) a.
  Proof.
    intros body top r ss l m a Hss Hin H. rewrite <- serial_actions. revert top r l m a Hin H.
    induction body as [| t rest IH]; intros top r l m a Hin H; simpl in H, Hin |- *; [subst l; reflexivity |].
    destruct H as (l1 & l2 & -> & H1 & H2).
    destruct (lemma5_tree ss Hss t (Context [] [] [] [] top) r [] l1) as [S _];
      try reflexivity; auto; [intros; apply Hin; apply in_or_app; auto | apply inside_top |].
    rewrite flat_map_app, !perform_all_app.
    rewrite (perform_all_same address_dec I place l2 _ _ (S m) (Mem a)).
    apply IH; [intros; apply Hin; apply in_or_app; auto | exact H2].
  Qed.
End Loops.
