(** * Sources are right

    Lemmas 2, 3 and 4: with the rules of sources.v proved, every load, and at the end
    every element of an output, holds the value of any active entry of its table; a
    source runs before its reader.
    Counterpart: docs/theorem.md section 4. *)

From Coq Require Import List String ZArith Lia Bool Sorting.Sorted.
From Obligato Require Import model order cases sources.
Import ListNotations.

(** ** The run of a program *)

Section Run.
  Context {V : Type}.
  Variables (I : interpretation V) (P : program) (D : dataflow) (m0 : memory V).
  Hypothesis rules : established P D.
  Hypothesis given : starts I P m0.

  (** [l] has run, [rest] has not. *)
  Definition prefix (l : list instance) : Prop := exists rest, run P = l ++ rest.

  (** The memory that an instance finds when it runs. *)
  Definition memory_at (i : instance) (m : memory V) : Prop :=
    exists l rest, run P = l ++ i :: rest /\ m = exec I l m0.

  Lemma in_run : forall i, In i (run P) <-> domain P i.
  Proof. exact (run_complete P (e_ordered P D rules)). Qed.

  Lemma sorted_split : forall (A : Type) (R : A -> A -> Prop) l1 a l2, StronglySorted R (l1 ++ a :: l2) ->
    (forall b, In b l1 -> R b a) /\ (forall b, In b l2 -> R a b).
  Proof.
    intros A R l1 a l2 H. induction l1 as [| k l1 IH]; simpl in H; inversion_clear H as [| ? ? S F].
    - split; [intros b [] |]. apply Forall_forall. exact F.
    - destruct (IH S) as [H1 H2]. split; [| exact H2]. intros b [<- | Hb]; [| auto].
      rewrite Forall_forall in F. apply F. apply in_elt.
  Qed.

  Lemma run_split : forall l1 i l2, run P = l1 ++ i :: l2 ->
    (forall j, In j l1 -> precedes j i) /\ (forall j, In j l2 -> precedes i j).
  Proof. intros l1 i l2 E. apply sorted_split. rewrite <- E. exact (run_sorted P (e_ordered P D rules)). Qed.

  Lemma earlier_has_run : forall l1 i l2 p, run P = l1 ++ i :: l2 -> domain P p -> precedes p i -> In p l1.
  Proof.
    intros l1 i l2 p E Hp Hlt. destruct (run_split _ _ _ E) as [_ H2].
    apply in_run in Hp. rewrite E in Hp. apply in_app_or in Hp.
    destruct Hp as [Hp | [-> | Hp]]; [exact Hp | |]; exfalso.
    - exact (precedes_irreflexive _ Hlt).
    - exact (precedes_irreflexive _ (precedes_transitive _ _ _ Hlt (H2 _ Hp))).
  Qed.

  Lemma same_split : forall (A : Type) (i : A) l1 l2 l3 l4,
    l1 ++ i :: l2 = l3 ++ i :: l4 -> ~ In i l1 -> ~ In i l3 -> l1 = l3.
  Proof.
    intros A i l1 l2. induction l1 as [| a l1 IH]; intros [| b l3] l4 E H1 H3; simpl in E, H1, H3.
    - reflexivity.
    - injection E as -> _. tauto.
    - injection E as -> _. tauto.
    - injection E as -> E. f_equal. apply (IH l3 l4 E); tauto.
  Qed.

  (** An instance runs once. *)
  Lemma run_once : forall i l1 l2 l3 l4, run P = l1 ++ i :: l2 -> run P = l3 ++ i :: l4 -> l1 = l3.
  Proof.
    intros i l1 l2 l3 l4 E F.
    apply (same_split _ i l1 l2 l3 l4); [congruence | |]; intros H; apply (precedes_irreflexive i);
      [apply (proj1 (run_split _ _ _ E)) | apply (proj1 (run_split _ _ _ F))]; exact H.
  Qed.

  Lemma memory_unique : forall i m m', memory_at i m -> memory_at i m' -> m = m'.
  Proof. intros i m m' (l & r & E & ->) (l' & r' & E' & ->). f_equal. exact (run_once _ _ _ _ _ E E'). Qed.

  (** An element holds what [p] stored, if no instance that ran after [p] wrote it. *)
  Lemma last_written : forall l p e, prefix l -> In p l -> written p = e ->
    (forall w, In w l -> precedes p w -> written w <> e) ->
    exists m, memory_at p m /\ exec I l m0 e = value_of I m p.
  Proof.
    intros l p e (rest & E) Hp He Hw. apply in_split in Hp. destruct Hp as (a & b & ->).
    exists (exec I a m0). rewrite <- app_assoc in E. simpl in E. split; [exists a, (b ++ rest); split; [exact E | reflexivity] |].
    apply exec_last; [exact He |]. intros w Hin. apply Hw; [apply in_or_app; right; right; exact Hin |].
    destruct (run_split _ _ _ E) as [_ H2]. apply H2. apply in_or_app. left. exact Hin.
  Qed.

  (** Inputs and weights keep what they hold. *)
  Lemma leaves_kept : forall l b d, prefix l -> kind_of P b <> Stored -> exec I l m0 (b, d) = m0 (b, d).
  Proof.
    intros l b d (rest & E) Hk. apply exec_untouched. intros w Hw Hwritten. apply Hk.
    unfold written in Hwritten. injection Hwritten as <- _.
    apply (W7_inputs_and_weights_are_never_written P (e_W7 P D rules)).
    apply (proj1 (in_run w)). rewrite E. apply in_or_app. left. exact Hw.
  Qed.

  (** ** Lemma 2: a load reads what any active case of its producers stored *)

  (** [p] has run, and it wrote the element last. *)
  Definition last_writer (l : list instance) (p : instance) (e : element) : Prop :=
    In p l /\ written p = e /\ forall w, In w l -> precedes p w -> written w <> e.

  Lemma last_writer_value : forall l p e, prefix l -> last_writer l p e ->
    exists m, memory_at p m /\ exec I l m0 e = value_of I m p.
  Proof. intros l p e Hl (Hp & He & Hw). exact (last_written l p e Hl Hp He Hw). Qed.

  (** Of a buffer in [once] no element has a second writer. *)
  Lemma once_written : forall b p q w y, In b (once D) -> domain P (p, q) -> domain P (w, y) ->
    s_buffer p = b -> s_buffer w = b -> s_index p q = s_index w y -> ~ precedes (p, q) (w, y).
  Proof.
    intros b p q w y Ho [Hp Hq] [Hw Hy] Eb Fb Ei Hlt.
    rewrite (W3_written_once P D (e_W3 P D rules) b p w q y Ho Hp Hw Eb Fb Hq Hy Ei) in Hlt.
    exact (precedes_irreflexive _ Hlt).
  Qed.

  Lemma load_last_writer : forall l s x rest j b i c, run P = l ++ (s, x) :: rest -> reads P s j b i ->
    active (producers D (s_name s) j) x c ->
    exists p, lookup P (fst (result c)) = Some p /\ in_domain p (snd (result c) x) /\
      last_writer l (p, snd (result c) x) (b, i x).
  Proof.
    intros l s x rest j b i c E Hr Hc.
    assert (Hd : domain P (s, x)) by (apply in_run; rewrite E; apply in_elt).
    destruct (W2_reads_what_was_stored P D (e_W2 P D rules) s j b i x c Hr (proj2 Hd) Hc) as (p & Hp & Hb & Hdp & Hlt & Hi).
    pose proof (lookup_in _ _ _ Hp) as [Hs _].
    exists p. split; [exact Hp | split; [exact Hdp | split; [| split]]].
    - eapply earlier_has_run; [exact E | split; assumption | exact Hlt].
    - unfold written. simpl. rewrite Hb, Hi. reflexivity.
    - intros [w y] Hw Hpw Hwritten. unfold written in Hwritten. simpl in Hwritten. injection Hwritten as Hwb Hwi.
      assert (Hdw : domain P (w, y)) by (apply in_run; rewrite E; apply in_or_app; left; exact Hw).
      destruct (run_split _ _ _ E) as [Hbefore _].
      destruct (in_dec string_dec b (once D)) as [Ho | Ho].
      + refine (once_written b p (snd (result c) x) w y Ho _ Hdw Hb Hwb _ Hpw); [split; assumption | congruence].
      + destruct Hdw as [Hws Hwd].
        exact (W3_nothing_comes_between P D (e_W3 P D rules) s j b i x c p w y Hr Ho (proj2 Hd) Hc Hp Hws Hwb Hwd Hwi (conj Hpw (Hbefore _ Hw))).
  Qed.

  Theorem lemma2_loads : forall l s x rest j b i, run P = l ++ (s, x) :: rest -> reads P s j b i ->
    (exists c, active (producers D (s_name s) j) x c) /\
    forall c, active (producers D (s_name s) j) x c ->
      exists p m, lookup P (fst (result c)) = Some p /\ in_domain p (snd (result c) x) /\ In (p, snd (result c) x) l /\
        memory_at (p, snd (result c) x) m /\ exec I l m0 (b, i x) = value_of I m (p, snd (result c) x).
  Proof.
    intros l s x rest j b i E Hr.
    assert (Hd : domain P (s, x)) by (apply in_run; rewrite E; apply in_elt).
    split; [apply covered_active; eapply (W5_producers_cover_the_domain P D (e_W5_producers P D rules)); [exact Hr | exact (proj2 Hd)] |].
    intros c Hc. destruct (load_last_writer l s x rest j b i c E Hr Hc) as (p & Hp & Hdp & Hlast).
    destruct (last_writer_value l _ _ (ex_intro _ _ E) Hlast) as (m & Hm & Hv).
    exists p, m. destruct Hlast as [Hl _]. auto.
  Qed.

  (** ** Lemma 3: a load reads the value of any active entry of the table *)

  Definition leaf_value (l : leaf) : V :=
    match l with
    | LeafInput n d => input_value I n d
    | LeafTensor t d => tensor_value I t d
    | LeafConst c => const_value I c
    | LeafIndex z => index_value I z
    end.

  (** The source has value [v]; a node's instance is in its domain and among [l], which has run. *)
  Definition right (l : list instance) (src : source) (v : V) : Prop :=
    match src with
    | Leaf k => v = leaf_value k
    | Inner n =>
        n_path n = [] /\
        exists s f args m, lookup P (n_store n) = Some s /\ s_value s = Op f args /\
          in_domain s (n_point n) /\ In (s, n_point n) l /\
          memory_at (s, n_point n) m /\ v = eval I m (n_point n) (s_value s)
    end.

  Definition table_right (l : list instance) (t : table) (x : point) (v : V) : Prop :=
    covered t x /\ forall c, active t x c -> right l (result c x) v.

  Lemma right_later : forall l l' src v, (forall i, In i l -> In i l') -> right l src v -> right l' src v.
  Proof.
    intros l l' [n | k] v H R; [| exact R]. destruct R as (Hp & s & f & args & m & R).
    split; [exact Hp |]. exists s, f, args, m. intuition.
  Qed.

  Lemma unconditional_right : forall l (f : point -> source) x v, right l (f x) v -> table_right l [unconditional f] x v.
  Proof.
    intros l f x v H. split; [exists (unconditional f); split; [left; reflexivity | reflexivity] |].
    intros c Hc. apply active_in in Hc. destruct Hc as [[<- | []] _]. exact H.
  Qed.

  (** Following cases whose instances stored [v], given that copies are followed rightly. *)
  Lemma through_right : forall follow l x v cs t,
    (forall p q m b i t', In (p, q) l -> s_value p = Load b i -> memory_at (p, q) m -> follow p b i = Some t' ->
       table_right l t' q (m (b, i q))) ->
    (exists c, active cs x c) ->
    (forall c, active cs x c ->
       exists p m, lookup P (fst (result c)) = Some p /\ in_domain p (snd (result c) x) /\ In (p, snd (result c) x) l /\
         memory_at (p, snd (result c) x) m /\ v = value_of I m (p, snd (result c) x)) ->
    through P follow cs = Some t -> table_right l t x v.
  Proof.
    intros follow l x v cs t Hfollow Hcov Hcases Ht.
    set (inner := fun c : case claimed => match stored P follow (fst (result c)) with Some t' => t' | None => [] end).
    assert (Shape : t = compose snd inner cs /\ forall c, In c cs -> stored P follow (fst (result c)) = Some (inner c)).
    { clear Hcov Hcases. revert t Ht. induction cs as [| c cs IH]; intros t Ht; simpl in Ht.
      - injection Ht as <-. split; [reflexivity | intros c []].
      - destruct (stored P follow (fst (result c))) as [t1 |] eqn:E1; [| discriminate].
        destruct (through P follow cs) as [t2 |]; [| discriminate]. injection Ht as <-.
        destruct (IH t2 eq_refl) as [-> H]. split.
        + unfold compose. simpl. unfold inner at 2. rewrite E1. reflexivity.
        + intros d [<- | Hd]; [unfold inner; rewrite E1; reflexivity | exact (H d Hd)]. }
    destruct Shape as [-> Hinner].
    assert (Inner_right : forall c, active cs x c -> table_right l (inner c) (snd (result c) x) v).
    { intros c Hc. destruct (Hcases c Hc) as (p & m & Hp & Hd & Hl & Hm & ->).
      specialize (Hinner c (proj1 (active_in _ _ _ _ Hc))). unfold stored in Hinner. rewrite Hp in Hinner.
      unfold value_of. simpl. destruct (s_value p) as [b i | k | z | f args] eqn:Ev.
      - simpl. eapply Hfollow; eassumption.
      - injection Hinner as <-. apply unconditional_right. cbn. reflexivity.
      - injection Hinner as <-. apply unconditional_right. cbn. reflexivity.
      - injection Hinner as <-. apply unconditional_right. cbn. split; [reflexivity |].
        exists p, f, args, m. rewrite Ev. auto 10. }
    assert (Hactive : forall c, active cs x c -> exists i, active (inner c) (snd (result c) x) i).
    { intros c Hc. apply covered_active. exact (proj1 (Inner_right c Hc)). }
    split; [apply composed_covered; [exact Hactive | destruct Hcov as (c & Hc); exists c; exact (active_in _ _ _ _ Hc)] |].
    intros d Hd. destruct (composed_active snd inner cs x Hactive d Hd) as (c & i & Hc & Hi & ->).
    exact (proj2 (Inner_right c Hc) i Hi).
  Qed.

  Lemma leaf_load_right : forall l b (i : point -> point) x,
    prefix l -> match kind_of P b with
    | Input n => right l (Leaf (LeafInput n (i x))) (exec I l m0 (b, i x))
    | Weight t view => right l (Leaf (LeafTensor t (view (i x)))) (exec I l m0 (b, i x))
    | Stored => True
    end.
  Proof.
    intros l b i x Hl. pose proof (given b (i x)) as G.
    pose proof (leaves_kept l b (i x) Hl) as K.
    destruct (kind_of P b); [| | exact Logic.I]; simpl; rewrite K by discriminate; exact G.
  Qed.

  Theorem lemma3_copies : forall l s x rest j b i fuel t,
    run P = l ++ (s, x) :: rest -> nth_error (loads (s_value s)) j = Some (b, i) ->
    resolve P D fuel j s b i = Some t -> table_right l t x (exec I l m0 (b, i x)).
  Proof.
    intros l. induction l as [l IH] using (induction_ltof1 _ (@List.length instance)). unfold ltof in IH.
    intros s x rest j b i fuel t E Hj Ht.
    assert (Hl : prefix l) by (exists ((s, x) :: rest); exact E).
    pose proof (leaf_load_right l b i x Hl) as Hleaf.
    destruct fuel as [| fuel]; simpl in Ht; destruct (kind_of P b) as [n | w view |] eqn:Hk; try discriminate;
      try (injection Ht as <-; apply unconditional_right; exact Hleaf).
    assert (Hs : In s (stores P)).
    { assert (Hd : domain P (s, x)) by (apply in_run; rewrite E; apply in_elt). exact (proj1 Hd). }
    destruct (lemma2_loads l s x rest j b i E (conj Hs (conj Hj Hk))) as [Hcov Hcases].
    eapply through_right; [| exact Hcov | exact Hcases | exact Ht].
    intros p q m b' i' t' Hin Hv (l' & rest' & E' & ->) Hfollow.
    assert (Hshort : List.length l' < List.length l).
    { destruct (in_split _ _ Hin) as (a & a' & ->). rewrite <- app_assoc in E.
      rewrite (run_once _ _ _ _ _ E' E), app_length. simpl. lia. }
    assert (Hj' : nth_error (loads (s_value p)) 0 = Some (b', i')) by (rewrite Hv; reflexivity).
    destruct (IH l' Hshort p q rest' 0 b' i' fuel t' E' Hj' Hfollow) as [C R].
    split; [exact C |]. intros c Hc. apply (right_later l'); [| exact (R c Hc)].
    intros w Hw. destruct (run_split _ _ _ E') as [H1 _]. destruct (run_split _ _ _ E) as [H2 _].
    eapply earlier_has_run; [exact E | |].
    - apply in_run. rewrite E'. apply in_or_app. left. exact Hw.
    - exact (precedes_transitive _ _ _ (H1 w Hw) (H2 _ Hin)).
  Qed.

  (** ** Lemma 4: at the end an output holds the value of any active entry of its table *)

  Lemma output_last_writer : forall o shape d c, In (o, shape) (outputs P) -> within shape d -> active (finals D o) d c ->
    exists p, lookup P (fst (result c)) = Some p /\ in_domain p (snd (result c) d) /\
      last_writer (run P) (p, snd (result c) d) (o, d).
  Proof.
    intros o shape d c Ho Hd Hc.
    destruct (W4_writes_the_element P D (e_W4 P D rules) o shape d c Ho Hd Hc) as (p & Hp & Hb & Hdp & Hi).
    pose proof (lookup_in _ _ _ Hp) as [Hs _].
    exists p. split; [exact Hp | split; [exact Hdp | split; [| split]]].
    - apply in_run. split; assumption.
    - unfold written. simpl. rewrite Hb, Hi. reflexivity.
    - intros [w y] Hw Hlt Hwritten. unfold written in Hwritten. simpl in Hwritten. injection Hwritten as Hwb Hwi.
      apply in_run in Hw.
      destruct (in_dec string_dec o (once D)) as [Hone | Hone].
      + refine (once_written o p (snd (result c) d) w y Hone _ Hw Hb Hwb _ Hlt); [split; assumption | congruence].
      + destruct Hw as [Hws Hwd]. exact (W4_no_later_store P D (e_W4 P D rules) o shape d c p w y Ho Hone Hd Hc Hp Hws Hwb Hwd Hwi Hlt).
  Qed.

  Theorem lemma4_outputs : forall o shape d t, In (o, shape) (outputs P) -> within shape d -> finals_of P D o = Some t ->
    table_right (run P) t d (exec I (run P) m0 (o, d)).
  Proof.
    intros o shape d t Ho Hd Ht.
    assert (Hall : prefix (run P)) by (exists []; rewrite app_nil_r; reflexivity).
    eapply through_right; [| | | exact Ht].
    - intros p q m b i t' Hin Hv (l & rest & E & ->) Hfollow.
      assert (Hj : nth_error (loads (s_value p)) 0 = Some (b, i)) by (rewrite Hv; reflexivity).
      destruct (lemma3_copies l p q rest 0 b i _ t' E Hj Hfollow) as [C R].
      split; [exact C |]. intros c Hc. apply (right_later l); [| exact (R c Hc)].
      intros w Hw. rewrite E. apply in_or_app. left. exact Hw.
    - apply covered_active. exact (W5_finals_cover_the_output P D (e_W5_finals P D rules) o shape d Ho Hd).
    - intros c Hc. destruct (output_last_writer o shape d c Ho Hd Hc) as (p & Hp & Hdp & Hlast).
      destruct (last_writer_value (run P) _ _ Hall Hlast) as (m & Hm & Hv).
      exists p, m. destruct Hlast as [Hl _]. auto.
  Qed.
End Run.
