(** * The hypotheses can hold: a step of three kinds at once

    A program of two loops; a program that copies an input, in parallel, and then
    computes both operators in one value. Every hypothesis of the theorem is proved of
    them, so they do not contradict each other; phi meets an operator inside a value
    through a load, a copy, a weight and a dead instance.
    Counterpart: docs/theorem.md section 5, "what needs no rule". *)

From Coq Require Import List String ZArith Lia Bool.
From Obligato Require Import model order trees schedule cases sources reading actions kinds loops plan memory refinement claim theorem machine.
Import ListNotations.
Open Scope string_scope.

Definition kinds (b : name) : kind :=
  if String.eqb b "x" then Input 0 else if String.eqb b "w" then Weight "filter" (fun d => rev d) else Stored.

Definition here (x : point) : point := x.

(** t[i] = relu(x[i]); then y[i] = add(t[i], w[i]). *)
Definition before : program := program_of
  [ Loop Serial 4 (Assign "s" "t" here (Op "relu" [Load "x" here]));
    Loop Serial 4 (Assign "r" "y" here (Op "add" [Load "t" here; Load "w" here])) ]
  kinds [("y", [4])].

(** c[k] = x[k] and d[k] = relu(c[k]), which nobody reads; then y[i] = add(relu(c[i]), w[i]). *)
Definition after_body : list tree :=
  [ Loop Parallel 4 (Seq (Assign "k" "c" here (Load "x" here)) (Assign "n" "d" here (Op "relu" [Load "c" here])));
    Loop Serial 4 (Assign "q" "y" here (Op "add" [Op "relu" [Load "c" here]; Load "w" here])) ].

Definition after : program := program_of after_body kinds [("y", [4])].

Definition at_same_point (statement : name) : list (case claimed) := [Case [] (statement, here)].

Definition before_flow : dataflow := Dataflow
  (fun s _ => if String.eqb s "r" then at_same_point "s" else []) (fun _ => at_same_point "r") ["t"; "y"].

Definition after_flow : dataflow := Dataflow
  (fun _ _ => at_same_point "k") (fun _ => at_same_point "q") ["c"].

Definition phi (s : name) : list (case (point -> target)) :=
  if String.eqb s "q" then [Case [] (fun x => To (Node "r" x []))]
  else if String.eqb s "n" then [Case [] (fun _ => Dead)] else [].

(** ** Lists of one case *)

Lemma active_single : forall A (c d : case A) x, active [c] x d -> d = c.
Proof. intros A c d x H. apply active_in in H. destruct H as [[H | []] _]. congruence. Qed.

Lemma no_active : forall A x (d : case A), ~ active [] x d.
Proof. intros A x d H. apply active_in in H. destruct H as [[] _]. Qed.

Lemma covered_single : forall A (a : A) x, covered [Case [] a] x.
Proof. intros A a x. exists (Case [] a). split; [left; reflexivity | reflexivity]. Qed.

Lemma one_coordinate : forall x, within [4] x -> exists v, x = [v] /\ (0 <= v < 4)%Z.
Proof.
  intros x H. inversion H as [| v n vs ns Hv Hvs]; subst. inversion Hvs; subst. exists v. split; [reflexivity | exact Hv].
Qed.

(** ** The obligations *)

Lemma before_checked : checked before before_flow.
Proof.
  split; [eexists _, _, _; reflexivity |]. constructor; constructor.
  - vm_compute. repeat constructor; simpl; intuition discriminate.
  - intros s H. simpl in H. destruct H as [<- | [<- | []]]; reflexivity.
  - intros s j b i x (H & Hj & Hk) _. simpl in H. destruct H as [<- | [<- | []]].
    + destruct j as [| [| j]]; simpl in Hj; try discriminate. injection Hj as <- <-. discriminate.
    + apply covered_single.
  - intros s j b i x c (H & Hj & Hk) Hd Hc. simpl in H. destruct H as [<- | [<- | []]].
    + exfalso. exact (no_active _ _ _ Hc).
    + apply active_single in Hc. subst c. destruct j as [| [| [| j]]]; simpl in Hj; try discriminate; injection Hj as <- <-; [| discriminate].
      eexists. split; [reflexivity |]. destruct Hd as [W D]. simpl. repeat split; auto.
      left. simpl. lia.
  - intros s j b i H Hj. simpl in H. destruct H as [<- | [<- | []]]; destruct j as [| [| [| j]]]; simpl in Hj; try discriminate; injection Hj as <- <-; vm_compute; discriminate.
  - intros o shape _. vm_compute. discriminate.
  - intros s j b i x c p w y (H & Hj & Hk) Hone _ _ _ _ _ _ _ _. simpl in H. destruct H as [<- | [<- | []]]; destruct j as [| [| [| j]]]; simpl in Hj; try discriminate; injection Hj as <- <-; try discriminate.
    apply Hone. left. reflexivity.
  - intros b v w x y _ Hv Hw Ev Ew _ _ E. simpl in Hv, Hw.
    destruct Hv as [<- | [<- | []]]; destruct Hw as [<- | [<- | []]]; simpl in Ev, Ew; try congruence; simpl in E; unfold here in E; congruence.
  - intros o shape d _ _. apply covered_single.
  - intros o shape d c [H | []] Hd Hc. injection H as <- <-. apply active_single in Hc. subst c.
    eexists. split; [reflexivity |]. simpl. repeat split; auto.
  - intros o shape d c p w y [H | []] Hone. injection H as <- <-. exfalso. apply Hone. right. left. reflexivity.
Qed.

Lemma after_checked : checked after after_flow.
Proof.
  split; [eexists _, _, _; reflexivity |]. constructor; constructor.
  - vm_compute. repeat constructor; simpl; intuition discriminate.
  - intros s H. simpl in H. destruct H as [<- | [<- | [<- | []]]]; reflexivity.
  - intros s j b i x _ _. apply covered_single.
  - intros s j b i x c (H & Hj & Hk) Hd Hc. apply active_single in Hc. subst c.
    simpl in H. destruct H as [<- | [<- | [<- | []]]]; destruct j as [| [| [| j]]]; simpl in Hj; try discriminate; injection Hj as <- <-; try discriminate;
      destruct Hd as [W D]; eexists; (split; [reflexivity |]); simpl; repeat split; auto.
    + destruct (one_coordinate _ W) as (v & -> & _). right. split; [reflexivity |]. right. split; [reflexivity |]. left. simpl. lia.
    + left. simpl. lia.
  - intros s j b i H Hj. simpl in H. destruct H as [<- | [<- | [<- | []]]]; destruct j as [| [| [| j]]]; simpl in Hj; try discriminate; injection Hj as <- <-; vm_compute; discriminate.
  - intros o shape _. vm_compute. discriminate.
  - intros s j b i x c p w y (H & Hj & Hk) Hone _ _ _ _ _ _ _ _. simpl in H.
    destruct H as [<- | [<- | [<- | []]]]; destruct j as [| [| [| j]]]; simpl in Hj; try discriminate; injection Hj as <- <-; try discriminate; apply Hone; left; reflexivity.
  - intros b v w x y [<- | []] Hv Hw Ev Ew _ _ E. simpl in Hv, Hw.
    destruct Hv as [<- | [<- | [<- | []]]]; simpl in Ev; try discriminate;
      destruct Hw as [<- | [<- | [<- | []]]]; simpl in Ew; try discriminate. simpl in E. unfold here in E. congruence.
  - intros o shape d _ _. apply covered_single.
  - intros o shape d c [H | []] Hd Hc. injection H as <- <-. apply active_single in Hc. subst c.
    eexists. split; [reflexivity |]. simpl. repeat split; auto.
  - intros o shape d c p w y [H | []] _ Hd Hc Hp Hw Ew _ E Hlt. injection H as <- <-. apply active_single in Hc. subst c.
    simpl in Hp. vm_compute in Hp. injection Hp as <-. simpl in Hw. destruct Hw as [<- | [<- | [<- | []]]]; simpl in Ew; try discriminate.
    simpl in E. unfold here in E. subst y. exact (precedes_irreflexive _ Hlt).
Qed.

(** The sources of what phi and the walk ask for, as computed by following copies. *)
Lemma sum_operands : forall x,
  operand_of before before_flow (Node "r" x []) 0 = OperandCases [Case [] (fun y => Inner (Node "s" y []))] x /\
  operand_of before before_flow (Node "r" x []) 1 = OperandCases [Case [] (fun y => Leaf (LeafTensor "filter" (rev y)))] x /\
  operand_of before before_flow (Node "s" x []) 0 = OperandCases [Case [] (fun y => Leaf (LeafInput 0 y))] x.
Proof. intros x. repeat split; vm_compute; reflexivity. Qed.

(** What stands for something is [q], for [r] at its point. *)
Lemma only_sums : forall s x n, operator_instance after s x -> stands_for phi s x n ->
  s_value s = Op "add" [Op "relu" [Load "c" here]; Load "w" here] /\ s_name s = "q" /\ n = Node "r" x [] /\ within [4] x.
Proof.
  intros s x n (H & Hd & f & args & Ev) (c & Hc & Hn). simpl in H. destruct H as [<- | [<- | [<- | []]]]; [discriminate Ev | |];
    apply active_single in Hc; subst c; [discriminate Hn |].
  injection Hn as <-. destruct Hd as [W _]. auto.
Qed.

Lemma step_refines : refines before after before_flow after_flow phi.
Proof.
  constructor; constructor.
  - reflexivity.
  - intros s x (H & _ & f & args & Ev). simpl in H. destruct H as [<- | [<- | [<- | []]]]; [discriminate Ev | |]; apply covered_single.
  - intros s x n Hi Hs. destruct (only_sums s x n Hi Hs) as (_ & _ & -> & W). eexists. split; [reflexivity |]. split; [exact W | reflexivity].
  - intros s x n Hi Hs. destruct (only_sums s x n Hi Hs) as (-> & _ & -> & W). destruct (sum_operands x) as (E0 & E1 & E2).
    econstructor; [reflexivity | reflexivity |]. intros [| [| [| j]]] a Ha; try discriminate; injection Ha as <-; [rewrite E0 | constructor].
    constructor; [discriminate |]. intros c Hc. apply active_single in Hc. subst c. eexists. split; [reflexivity |].
    econstructor; [reflexivity | reflexivity |]. intros [| [| j]] a Ha; try discriminate; injection Ha as <-. constructor.
  - intros s x n path o b i c Hi Hs Hdemand Hv Hc. destruct (only_sums s x n Hi Hs) as (Ev & En & -> & W). rewrite Ev in *. rewrite En in Hc.
    destruct (sum_operands x) as (E0 & E1 & E2).
    inversion Hdemand as [f args n0 j b' i' Hop Hj | f args n0 j a n' rest o' Hop Hj Hnode Hrest | f args n0 j a t y d n' rest o' Hop Hj Hcases Hd Hn Hrest]; subst;
      destruct j as [| [| [| j]]]; simpl in Hj; try discriminate; injection Hj as <-; try congruence.
    + rewrite E1. injection Hv as <- <-. vm_compute in Hc. apply active_single in Hc. subst c.
      split; [discriminate |]. intros d Hd. apply active_single in Hd. subst d. reflexivity.
    + rewrite E0 in Hcases. injection Hcases as <- <-. apply active_single in Hd. subst d. injection Hn as <-.
      inversion Hrest as [f2 args2 n2 j2 b2 i2 Hop2 Hj2 | f2 args2 n2 j2 a2 n3 rest2 o2 Hop2 Hj2 Hnode2 Hrest2 | f2 args2 n2 j2 a2 t2 y2 d2 n3 rest2 o2 Hop2 Hj2 Hcases2 Hd2 Hn2 Hrest2]; subst;
        destruct j2 as [| [| j2]]; simpl in Hj2; try discriminate; injection Hj2 as <-; try congruence; [| inversion Hrest2].
      rewrite E2. injection Hv as <- <-. vm_compute in Hc. apply active_single in Hc. subst c.
      split; [discriminate |]. intros d Hd. apply active_single in Hd. subst d. reflexivity.
    + rewrite E1 in Hcases. injection Hcases as <- <-. apply active_single in Hd. subst d. discriminate Hn.
  - intros [| [| k]] o o' shape shape' t t' d c Ho Ho' Ht Ht' Hd Hc; simpl in Ho, Ho'; try discriminate.
    injection Ho as <- <-. injection Ho' as <- <-. vm_compute in Ht, Ht'. injection Ht as <-. injection Ht' as <-.
    apply active_single in Hc. subst c. split; [discriminate |]. intros e He. apply active_single in He. subst e.
    split; [discriminate |]. intros p Hp. apply active_single in Hp. subst p. reflexivity.
Qed.

Theorem example_equal_outputs : same_outputs before after.
Proof. exact (theorem_for_trees _ _ _ _ _ before_checked after_checked step_refines). Qed.

(** The copies may be made in any order, W8; each index is within its dimension, W6; c and d share no cell, M1. *)
Lemma after_kinds : W8_kinds after.
Proof.
  constructor. intros s w k how x y e Hs Hw Hm Ht Hp [Wx _] [Wy _] Hxy N He E. simpl in Hs, Hw.
  destruct Hs as [<- | [<- | [<- | []]]]; destruct k as [| k]; simpl in Hm; try (destruct k; discriminate); injection Hm as <-; try discriminate;
    destruct Hw as [<- | [<- | [<- | []]]]; try discriminate;
    destruct (one_coordinate _ Wx) as (v & -> & _); destruct (one_coordinate _ Wy) as (v' & -> & _);
    destruct He as [<- | [<- | []]]; vm_compute in E; try discriminate; injection E as <-; apply N; reflexivity.
Qed.

Definition temps (b : name) : option (name * Z) :=
  if String.eqb b "c" then Some ("f32", 0%Z) else if String.eqb b "d" then Some ("f32", 4%Z) else None.

Lemma after_bounds : W6_bounds after (fun _ => [4]).
Proof.
  constructor. intros s x b d Hs [W _] He. simpl in Hs.
  destruct Hs as [<- | [<- | [<- | []]]]; simpl in He;
    repeat (destruct He as [He | He]; [injection He as _ <-; exact W |]); destruct He.
Qed.

Lemma after_plan : M1_plan after (fun _ => [4]) temps.
Proof.
  constructor.
  - intros b H. unfold temps in H.
    destruct (String.eqb_spec b "c") as [E |]; [subst b; split; [reflexivity | simpl; intuition discriminate] |].
    destruct (String.eqb_spec b "d") as [E |]; [subst b; split; [reflexivity | simpl; intuition discriminate] | contradiction].
  - exists ["c"; "d"], [Placed "c" "f32" 0 0 1; Placed "d" "f32" 4 0 0]. split; [| split; [| split]].
    + intros b H. unfold temps in H. destruct (String.eqb_spec b "c") as [E |]; [subst b; left; reflexivity |].
      destruct (String.eqb_spec b "d") as [E |]; [subst b; right; left; reflexivity | contradiction].
    + vm_compute. apply Permutation.Permutation_refl.
    + repeat constructor; simpl; lia.
    + simpl. repeat split; auto. intros other [<- | []] _ [H _]. simpl in H. lia.
Qed.

(** Any interleaving of the copies, in an arena: y is what the first program computes. *)
Theorem example_on_the_machine : forall V (I : interpretation V) mr (m : state) l d,
  starts I before mr ->
  starts I after (fun e => m (Mem (place (fun _ => [4]) temps e))) ->
  performs_body 0 0 after_body l ->
  within [4] d ->
  perform_all address_dec I (place (fun _ => [4]) temps) l m (Mem (InObject "y" d)) = exec I (run before) mr ("y", d).
Proof.
  intros V I mr m l d Gb Ga Hl Hd.
  exact (machine_equal_outputs I before before_flow after_body kinds [("y", [4])] after_flow (fun _ => [4]) temps l mr m
    before_checked (ChainStep _ _ _ _ phi after_checked step_refines) after_kinds after_bounds after_plan Gb Ga Hl
    0 "y" "y" [4] [4] d eq_refl eq_refl Hd).
Qed.
